/** Libraries depend downwards only: contracts ← domain ← the rest ← services (architecture §4). */
const layers = [
  ['contracts'],
  ['domain', 'limits', 'telemetry', 'setup', 'search'],
  ['event-log', 'embeddings', 'supervision', 'code-intel'],
  ['projection', 'vector-store', 'auth', 'repo-sync'],
  ['read-model', 'code-index'],
];

const upwards = layers.slice(0, -1).map((layer, index) => ({
  name: `layer-${index}-looks-up`,
  comment: `${layer.join(', ')} may use only what lies below.`,
  severity: 'error',
  from: { path: `^libs/(${layer.join('|')})/src`, pathNot: '\\.spec\\.ts$' },
  to: {
    path: `^libs/(${layers
      .slice(index + 1)
      .flat()
      .join('|')})/`,
  },
}));

module.exports = {
  forbidden: [
    ...upwards,
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    { name: 'libs-not-services', severity: 'error', from: { path: '^libs/' }, to: { path: '^services/' } },
    {
      name: 'services-are-apart',
      comment: 'Services talk over NATS, never by import.',
      severity: 'error',
      from: { path: '^services/([^/]+)/', pathNot: '\\.spec\\.ts$' },
      to: { path: '^services/', pathNot: '^services/$1/' },
    },
    {
      name: 'domain-is-pure',
      severity: 'error',
      from: { path: '^libs/domain/src', pathNot: '\\.spec\\.ts$' },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?crypto$' },
    },
    {
      name: 'testkit-in-tests-only',
      severity: 'error',
      from: { path: '^(libs|services)/', pathNot: '(\\.spec\\.ts$|^libs/testkit/)' },
      to: { path: '^libs/testkit/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '/dist/' },
    tsPreCompilationDeps: true,
    combinedDependencies: true,
    enhancedResolveOptions: {
      conditionNames: ['source', 'import', 'node', 'default'],
      exportsFields: ['exports'],
      extensions: ['.ts', '.js'],
    },
  },
};
