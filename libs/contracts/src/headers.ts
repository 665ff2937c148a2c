/** NATS message headers. Names are part of the contract: the NATS CLI shows them. */
export const headers = {
  /** Broker deduplication: the attempt id of a command, the command id of a commit. */
  msgId: 'Nats-Msg-Id',
  traceparent: 'traceparent',
  tracestate: 'tracestate',
  /** Event types of a commit, comma separated. */
  events: 'Memlane-Events',
  /** Who acted: the id of the credential, never its secret. */
  actor: 'Memlane-Actor',
  commandId: 'Memlane-Command-Id',
  /** Core NATS subject that the outcome of a command is published to. */
  replyTo: 'Memlane-Reply-To',
  /** Of an embed answer: model id, dimensions and number of vectors; the body is float32 little-endian, row by row. */
  model: 'Memlane-Model',
  dimensions: 'Memlane-Dimensions',
  count: 'Memlane-Count',
  /** Of the answer to a request with `split`: rows of each text, comma separated. */
  pieces: 'Memlane-Pieces',
  /** Set on an error answer of a request: the error code. The body is the JSON error body. */
  error: 'Memlane-Error',
  /** Why and from where a message was parked in the DLQ. */
  dlqReason: 'Memlane-Dlq-Reason',
  dlqStream: 'Memlane-Dlq-Stream',
  dlqSeq: 'Memlane-Dlq-Seq',
} as const;
