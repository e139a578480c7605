/** The two systems that SMART launches in the tests: one to work with, and one that must not get what is the other's. */
import type { createSmartLauncher } from '../../main/signon/smart/launcher.js';

type LaunchedSystem = Parameters<typeof createSmartLauncher>[0]['systems'][number];

/** "growth" and "risk" at the same origin; their clients are growth-app and risk-app. */
export function launchedSystems(origin: string, redirectUri: string, scopes: readonly string[]): LaunchedSystem[] {
  return ['growth', 'risk'].map((id) => ({
    id,
    title: id === 'growth' ? 'Growth chart' : 'Risk score',
    clientId: `${id}-app`,
    redirectUris: [redirectUri],
    scopes: [...scopes],
    origins: [origin],
  }));
}
