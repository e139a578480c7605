/** A search that failed because nobody answered is asked once more when the search is back: what was typed stayed. */
import { useEffect, useEffectEvent, useRef } from 'react';
import type { ServiceState } from '../../preload/contract.js';
import { isOutage, type PatientSearch } from './usePatientSearch.js';

export function useSearchAgain(search: PatientSearch, service: ServiceState | undefined): void {
  const wasFailing = useRef(false);
  const isFailing = service?.status === 'fails';
  const again = useEffectEvent((): void => {
    const { state } = search;
    if (search.isOpen && state.status === 'failed' && isOutage(state.code)) void search.run(state.text, 'pause');
  });
  useEffect(() => {
    if (wasFailing.current && !isFailing) again();
    wasFailing.current = isFailing;
  }, [isFailing]);
}
