/** Puts the read-back where main can call it, in the isolated world's own global: no page script can reach it. */
import { createReadBack } from './readBack.js';

Object.assign(globalThis, { lanyardCreateReadBack: createReadBack });
