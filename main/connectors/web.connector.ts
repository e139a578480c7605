/** Any web system that configuration alone can describe, by whichever kind of launch (launch/). */
import { configuredOrigins, defineConnector } from './connector.js';
import { launchAsConfigured } from './launch/launch.js';

export default defineConnector({
  kind: 'web',
  permissions: [
    { name: 'clipboard-sanitized-write', reason: 'a copy button on the page' },
    { name: 'fullscreen', reason: 'an image or a chart on the whole screen' },
  ],
  originPolicy: configuredOrigins,
  startAddress: ({ url }) => new URL(url),
  launch: (system, patient, tools, signal) => launchAsConfigured({ system, patient, tools, signal }),
});
