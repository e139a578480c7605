/** DNS through Node's resolver: the configured servers, or the operating system's, with a deadline. */
import { Resolver } from 'node:dns/promises';
import type { NameServer } from './controllers.js';

/**
 * @param servers addresses, with :port where it is not 53; empty: those of the operating system
 * @param timeoutMs for one question, all servers and repeats together
 */
export function createNameServer(servers: readonly string[], timeoutMs: number): NameServer {
  const resolver = new Resolver({ timeout: Math.max(1, Math.floor(timeoutMs / 2)), tries: 2 });
  if (servers.length > 0) resolver.setServers(servers);
  const inTime = async <T>(question: Promise<T>): Promise<T> => {
    const timer = setTimeout(() => {
      resolver.cancel();
    }, timeoutMs);
    try {
      return await question;
    } finally {
      clearTimeout(timer);
    }
  };
  return {
    resolveSrv: (name) => inTime(resolver.resolveSrv(name)),
    resolveAddresses: async (name) => {
      const answers = await inTime(Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]));
      const found = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
      const failed = answers.find((answer) => answer.status === 'rejected');
      if (found.length === 0 && failed) throw failed.reason as Error;
      return found;
    },
    dispose: () => {
      resolver.cancel();
    },
  };
}
