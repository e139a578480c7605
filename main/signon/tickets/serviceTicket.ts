/** The health check of one system's ticket: asks the domain for it, as the browser would, and says what came of it. */
import type { SignOnFinding } from '../signOn.js';
import { explainKerberos } from './kerberosErrors.js';
import type { RunProgram } from './runProgram.js';

const DEADLINE = 10_000;

export interface ServiceTicketCheck {
  readonly host: string;
  readonly run: RunProgram;
  readonly platform: NodeJS.Platform;
  readonly environment: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** Source: kvno(1) of MIT Kerberos; `klist get` of Windows, whose texts are translated, so only names and codes count. */
export async function checkServiceTicket(check: ServiceTicketCheck): Promise<readonly SignOnFinding[]> {
  const { host, run, platform, environment, signal } = check;
  const service = `HTTP/${host}`;
  const [file, args] = platform === 'win32' ? ['klist', ['get', service]] : ['kvno', ['-q', service]];
  const result = await run({ file, args, environment, signal, timeout: DEADLINE });
  const bad = (message: string, remedy: string): readonly SignOnFinding[] => [
    { check: 'ticket', status: 'bad', message, remedy: remedy.replace('<host>', host) },
  ];
  if (result.outcome === 'not-installed')
    return [
      {
        check: 'ticket',
        status: 'warning',
        message: `Whether there is a ticket for ${service} cannot be checked here: ${file} is not installed.`,
        remedy: 'Install the Kerberos client programs (Debian: krb5-user).',
      },
    ];
  if (result.outcome === 'failed') return bad(`The domain gave no answer about ${service} in time.`, 'Try again.');
  const isGood = platform === 'win32' ? isGivenByWindows(result.output, service) : result.code === 0;
  if (isGood)
    return [{ check: 'ticket', status: 'good', message: `A ticket for ${service} can be had.`, remedy: null }];
  const { explanation, remedy } = explainKerberos(result.output);
  return bad(`No ticket for ${service}: ${explanation}`, remedy);
}

/** Windows lists the ticket as "HTTP/host @ REALM"; on failure it prints a status code such as 0xc000018b. */
function isGivenByWindows(output: string, service: string): boolean {
  return output.toLowerCase().includes(`${service.toLowerCase()} @ `) && !/0x[c8][0-9a-f]{7}/i.test(output);
}
