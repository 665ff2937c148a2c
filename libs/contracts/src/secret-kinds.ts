/** What is taken for a secret in the text of a file. The rules reference is generated from it. */
export const secretKinds = {
  'private-key':
    'Private keys in PEM, OpenSSH and PGP armour, encrypted ones and ones without their end as well; PuTTY; age.',
  memlane: 'API keys of Memlane.',
  aws: 'AWS access key ids, and secret access keys behind their name.',
  google: 'Google API keys, OAuth client secrets and access tokens, key files of service accounts.',
  azure: 'Azure `AccountKey=` and `SharedAccessKey=` of connection strings, signatures of shared access (`sig=`).',
  forge: 'Tokens of GitHub and GitLab.',
  registry: 'Tokens of npm, PyPI and Docker Hub.',
  chat: 'Tokens and webhook addresses of Slack, tokens of Telegram bots.',
  ai: 'Keys of OpenAI, Anthropic, OpenRouter, Groq and Hugging Face.',
  payment: 'Secret and restricted keys of Stripe, its webhook secrets; tokens of Shopify.',
  service: '1Password, Databricks, DigitalOcean, Figma, Grafana, Linear, Notion, SendGrid, Twilio, Vault and Vercel.',
  jwt: 'JSON web tokens with a signature.',
  url: 'The password in a URL of any scheme, and connection strings of MongoDB, MySQL and PostgreSQL.',
  netrc: 'Passwords of `machine … login … password …`.',
  assigned:
    'A quoted value of eight or more characters behind a name that ends with password, passphrase, secret, token, API key, access key or private key, when it has a letter, a digit or sign, and no space; in settings (`.env`, YAML, TOML, INI, properties) without quotes too.',
} as const;

export type SecretKind = keyof typeof secretKinds;
