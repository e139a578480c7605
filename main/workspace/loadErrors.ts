/** Chromium's network errors in words for the people at the screen. Numbers: net/base/net_error_list.h. */
export function explainLoadError(title: string, code: number): string {
  const { happened, next } = wordsFor(code);
  return `${title} ${happened}. ${next}`;
}

function wordsFor(code: number): { happened: string; next: string } {
  const again = 'Try again in a moment; if it stays like this, call IT support.';
  if (code <= -200 && code > -300)
    return {
      happened: 'showed a certificate that cannot be trusted, so nothing was opened',
      next: 'Do not go around this. Call IT support.',
    };
  switch (code) {
    case -105:
    case -137:
      return { happened: 'could not be found on the network', next: again };
    case -106:
    case -21:
      return {
        happened: 'cannot be reached: this computer has no network',
        next: 'Check the network cable or wireless.',
      };
    case -102:
      return { happened: 'is not running: it refused the connection', next: again };
    case -101:
    case -100:
    case -324:
      return { happened: 'ended the connection before it answered', next: again };
    case -7:
    case -118:
      return { happened: 'did not answer in time', next: again };
    case -310:
      return { happened: 'sends this page around in circles', next: 'Call IT support.' };
    case -107:
    case -113:
      return { happened: 'could not agree on a secure connection', next: 'Call IT support.' };
    case -3:
      return { happened: 'stopped opening its page', next: again };
    default:
      return { happened: `could not be opened (network error ${code})`, next: again };
  }
}
