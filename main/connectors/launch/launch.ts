/** Every kind of launch that configuration alone can describe, one file each. */
import { LanyardError } from '../../domain/errors.js';
import type { Launch, LaunchRule } from '../connector.js';
import { launchByCustomProtocol } from './customProtocol.js';
import { launchByEncryptedParameters } from './encryptedParameters.js';
import { launchByFormPost } from './formPost.js';
import { launchByInvokeImageDisplay } from './invokeImageDisplay.js';
import { launchBySignedUrl } from './signedUrl.js';
import { launchBySmart } from './smart.js';
import { launchByTicket } from './ticket.js';
import { launchByUrlTemplate } from './urlTemplate.js';
import type { LaunchWork } from './work.js';

/** Rejects only with LanyardError, which holds nothing of the patient, of a key or of a ticket. */
export async function launchAsConfigured(asked: LaunchWork): Promise<Launch> {
  const { system } = asked;
  const rule = system.context.launch;
  const work = handsHubOn(rule) ? { ...asked, hub: await asked.tools.launching?.hub?.() } : asked;
  switch (rule.kind) {
    case 'none':
      return { kind: 'address', address: new URL(system.url) };
    case 'url-template':
      return launchByUrlTemplate(rule, work);
    case 'form-post':
      return launchByFormPost(rule, work);
    case 'encrypted-parameters':
      return launchByEncryptedParameters(rule, work);
    case 'signed-url':
      return launchBySignedUrl(rule, work);
    case 'ticket':
      return launchByTicket(rule, work);
    case 'smart':
      return launchBySmart(rule, work);
    case 'invoke-image-display':
      return launchByInvokeImageDisplay(rule, work);
    case 'custom-protocol':
      return launchByCustomProtocol(rule, work);
    case 'study-lookup':
      throw new LanyardError('configuration', `${system.id}: this kind of system cannot launch that way`);
  }
}

function handsHubOn(rule: LaunchRule): boolean {
  return /\{hub(?:Url|Topic|Token)\}/u.test(JSON.stringify(rule));
}
