/** About whom, where and when a question is asked. Nothing is asked before the button, or Enter. */
import { type ReactElement, useId, useState } from 'react';
import type { AuditEntrance, AuditFilter, QuestionId } from '../../preload/auditContract.js';
import { type Field, FIELDS_OF, LABELS, NEEDED } from './questionPages.js';
import { fromInput, toInput } from './times.js';

export interface FilterFieldsProps {
  readonly question: QuestionId;
  readonly filter: AuditFilter;
  readonly systems: AuditEntrance['systems'];
  readonly onAsk: (filter: AuditFilter) => void;
}

const TIMES: ReadonlySet<Field> = new Set(['from', 'to', 'at']);

export function FilterFields({ question, filter, systems, onAsk }: FilterFieldsProps): ReactElement {
  const id = useId();
  const fields = FIELDS_OF[question];
  const [typed, setTyped] = useState<Readonly<Partial<Record<Field, string>>>>(() =>
    Object.fromEntries(
      fields.map((field) => [field, TIMES.has(field) ? toInput(filter[field]) : (filter[field] ?? '')]),
    ),
  );
  const [failures, setFailures] = useState(filter.failures === true);
  const [lacking, setLacking] = useState<readonly Field[]>([]);
  const set = (field: Field, text: string): void => {
    setTyped((before) => ({ ...before, [field]: text }));
    setLacking((before) => before.filter((one) => one !== field));
  };
  return (
    <form
      className="audit-fields"
      onSubmit={(event) => {
        event.preventDefault();
        const next: Record<string, string | boolean> = {};
        for (const field of fields) {
          const text = (typed[field] ?? '').trim();
          const value = TIMES.has(field) ? fromInput(text) : field === 'patient' ? patientNumber(text) : text;
          if (value !== undefined && value !== '') next[field] = value;
        }
        if (failures) next['failures'] = true;
        // A session belongs to whoever was asked about before.
        if (filter.session !== undefined && next['user'] === filter.user) next['session'] = filter.session;
        const without = (NEEDED[question] ?? []).filter((field) => next[field] === undefined);
        setLacking(without);
        if (without.length === 0) onAsk(next);
      }}
    >
      {fields.map((field) => (
        <div key={field} className={`audit-field is-${field}`}>
          <label htmlFor={`${id}-${field}`}>{LABELS[field]}</label>
          {field === 'system' ? (
            <select
              id={`${id}-${field}`}
              className="input"
              value={typed.system ?? ''}
              onChange={({ target }) => {
                set('system', target.value);
              }}
            >
              <option value="">Every system</option>
              {systems.map((system) => (
                <option key={system.id} value={system.id}>
                  {system.title}
                </option>
              ))}
            </select>
          ) : (
            <input
              id={`${id}-${field}`}
              className="input"
              type={TIMES.has(field) ? 'datetime-local' : 'text'}
              step={TIMES.has(field) ? 1 : undefined}
              value={typed[field] ?? ''}
              maxLength={300}
              aria-invalid={lacking.includes(field)}
              placeholder={field === 'user' ? 'name@domain' : undefined}
              onChange={({ target }) => {
                set(field, target.value);
              }}
            />
          )}
          {lacking.includes(field) && (
            <span className="audit-problem" role="alert">
              {LABELS[field]} is needed
            </span>
          )}
        </div>
      ))}
      <label className="audit-check">
        <input
          type="checkbox"
          checked={failures}
          onChange={({ target }) => {
            setFailures(target.checked);
          }}
        />
        Only what failed
      </label>
      <button type="submit" className="button">
        Ask
      </button>
    </form>
  );
}

/** "943 476 5919" as people write it. */
function patientNumber(text: string): string {
  return /^[\d\s-]+$/.test(text) ? text.replace(/[\s-]/g, '') : text;
}
