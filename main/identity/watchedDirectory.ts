/** A directory whose silence is noticed: every check of a password also tells whether it answered at all. */
import type { Directory } from './directory.js';

/** @param saw called after each check that was not given up */
export function watchedDirectory(directory: Directory, saw: (answers: boolean) => void): Directory {
  return {
    authenticate: async (userName, password, signal) => {
      const answer = await directory.authenticate(userName, password, signal);
      saw(answer.outcome !== 'unavailable');
      return answer;
    },
    dispose: () => {
      directory.dispose();
    },
  };
}
