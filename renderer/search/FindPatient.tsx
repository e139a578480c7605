/** The searchbox: three ways to find a patient in one field. Enter searches now, a pause of half a second searches too. */
import {
  type KeyboardEvent,
  type ReactElement,
  type RefObject,
  useEffect,
  useId,
  useLayoutEffect,
  useRef,
} from 'react';
import { SearchSign } from '../parts/icons.js';
import { regroupWhileTyping, searchTextOf, type Typed } from '../presentation/nhsNumber.js';
import type { Asked } from './usePatientSearch.js';

export interface FindPatientProps {
  readonly typed: Typed;
  readonly onType: (typed: Typed) => void;
  readonly onSearch: (text: string, asked: Asked) => void;
  readonly onEscape: () => void;
  /** Moves the keyboard into the list; false where there is no list. */
  readonly onEnterList: () => boolean;
  readonly hint: string | null;
  readonly inputRef: RefObject<HTMLInputElement | null>;
}

/** Milliseconds without a keystroke that count as "done typing". */
const PAUSE = 500;
/** Fewer characters than this are searched on Enter only. */
const LEAST = 3;

export function FindPatient(props: FindPatientProps): ReactElement {
  const { typed, onType, onSearch, onEscape, onEnterList, hint, inputRef } = props;
  const hintId = useId();
  const searched = useRef('');
  const latest = useRef(onSearch);
  useEffect(() => {
    latest.current = onSearch;
  });

  // Regrouping moves the caret to the end unless it is put back between the same digits.
  useLayoutEffect(() => {
    if (document.activeElement === inputRef.current) inputRef.current?.setSelectionRange(typed.caret, typed.caret);
  }, [typed, inputRef]);

  useEffect(() => {
    const text = searchTextOf(typed.text);
    if (text.length < LEAST) searched.current = '';
    if (text.length < LEAST || text === searched.current) return;
    const timer = setTimeout(() => {
      if (text === searched.current) return; // Enter was faster
      searched.current = text;
      latest.current(text, 'pause');
    }, PAUSE);
    return () => {
      clearTimeout(timer);
    };
  }, [typed.text]);

  const handleKey = (event: KeyboardEvent<HTMLInputElement>): void => {
    const text = searchTextOf(typed.text);
    if (event.key === 'Enter' && text !== '') {
      event.preventDefault();
      searched.current = text;
      onSearch(text, 'enter');
    } else if (event.key === 'Escape') {
      event.preventDefault();
      onEscape();
    } else if (event.key === 'ArrowDown' && onEnterList()) event.preventDefault();
  };

  return (
    <div role="search" className={`find-patient${hint === null ? '' : ' has-hint'}`}>
      <SearchSign />
      <input
        ref={inputRef}
        className="input"
        type="search"
        aria-label="Find a patient"
        aria-describedby={hintId}
        placeholder="NHS number, hospital number, or name and birth date"
        autoComplete="off"
        spellCheck={false}
        maxLength={200}
        value={typed.text}
        onChange={({ currentTarget }) => {
          onType(regroupWhileTyping(currentTarget.value, currentTarget.selectionStart ?? currentTarget.value.length));
        }}
        onKeyDown={handleKey}
      />
      {hint !== null && (
        <span className="find-hint" aria-hidden="true">
          Not complete yet
        </span>
      )}
      <p className="visually-hidden" id={hintId} role="status">
        {hint ?? ''}
      </p>
    </div>
  );
}
