/** The field of a user name: nothing is suggested, corrected or kept in it. */
import type { ReactElement, RefObject } from 'react';

export interface UserNameFieldProps {
  readonly inputRef: RefObject<HTMLInputElement | null>;
  readonly isReadOnly: boolean;
  readonly isInvalid: boolean;
  /** Id of what describes it: a refusal, a hint; undefined: nothing. */
  readonly describedBy: string | undefined;
  readonly defaultValue?: string;
}

export function UserNameField(props: UserNameFieldProps): ReactElement {
  const { inputRef, isReadOnly, isInvalid, describedBy, defaultValue } = props;
  return (
    <label className="field">
      <span className="field-label">User name</span>
      <input
        ref={inputRef}
        className="input"
        name="userName"
        type="text"
        defaultValue={defaultValue}
        autoComplete="off"
        autoCapitalize="none"
        autoCorrect="off"
        spellCheck={false}
        maxLength={300}
        readOnly={isReadOnly}
        aria-invalid={isInvalid || undefined}
        aria-describedby={describedBy}
      />
    </label>
  );
}
