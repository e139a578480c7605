/**
 * The field of a password: it alone holds what was typed, and it warns of Caps Lock. Whoever takes the value empties
 * the field and gives it a new `key`, so that not even undo brings it back.
 */
import { type KeyboardEvent, type ReactElement, type RefObject, useId, useLayoutEffect, useRef, useState } from 'react';
import { WarningSign } from './icons.js';

export interface PasswordFieldProps {
  readonly label: string;
  readonly inputRef: RefObject<HTMLInputElement | null>;
  readonly isReadOnly: boolean;
  readonly isInvalid: boolean;
  /** Id of the refusal; undefined: none. */
  readonly refusalId: string | undefined;
  /** A button shows what was typed: for passwords of which one wrong try may already be one too many. */
  readonly canBeShown?: boolean;
  /** What that button says it shows, where there are several. */
  readonly shownAs?: string;
}

export function PasswordField(props: PasswordFieldProps): ReactElement {
  const { label, inputRef, isReadOnly, isInvalid, refusalId, canBeShown = false, shownAs = 'password' } = props;
  const [capsLock, setCapsLock] = useState(false);
  const [isShown, setShown] = useState(false);
  const id = useId();
  const capsLockId = useId();
  // Another type of field would put the caret in front of what was typed.
  const caret = useRef<readonly [number | null, number | null] | null>(null);
  useLayoutEffect(() => {
    if (caret.current === null) return;
    inputRef.current?.focus();
    inputRef.current?.setSelectionRange(...caret.current);
    caret.current = null;
  }, [isShown, inputRef]);
  const watchCapsLock = (event: KeyboardEvent<HTMLInputElement>): void => {
    setCapsLock(event.getModifierState('CapsLock'));
  };
  return (
    <>
      <div className="field">
        <label className="field-label" htmlFor={id}>
          {label}
        </label>
        <div className="password">
          <input
            ref={inputRef}
            id={id}
            className="input"
            name="password"
            type={isShown && !isReadOnly ? 'text' : 'password'}
            autoComplete="off"
            autoCapitalize="none"
            autoCorrect="off"
            spellCheck={false}
            maxLength={1000}
            readOnly={isReadOnly}
            aria-invalid={isInvalid || undefined}
            aria-describedby={[isInvalid && refusalId, capsLock && capsLockId].filter(Boolean).join(' ') || undefined}
            onKeyDown={watchCapsLock}
            onKeyUp={watchCapsLock}
            onBlur={() => {
              setCapsLock(false);
            }}
          />
          {canBeShown && !isReadOnly && (
            <button
              type="button"
              className="button small"
              onClick={() => {
                const field = inputRef.current;
                if (field !== null) caret.current = [field.selectionStart, field.selectionEnd];
                setShown((shown) => !shown);
              }}
            >
              {isShown ? 'Hide' : 'Show'}
              <span className="visually-hidden"> {shownAs}</span>
            </button>
          )}
        </div>
      </div>
      {capsLock && (
        <p className="hint" role="status" id={capsLockId}>
          <WarningSign /> Caps Lock is on
        </p>
      )}
    </>
  );
}
