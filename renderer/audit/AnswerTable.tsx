/** An answer as a table named "Audit events". Only the rows in sight are in the page, however many there are. */
import { useVirtualizer } from '@tanstack/react-virtual';
import { Fragment, type ReactElement, type ReactNode, useEffect, useRef } from 'react';
import type {
  AuditAnswer,
  AuditEntrance,
  AuditGroup,
  AuditPlace,
  AuditRow,
  SessionSpan,
  ShownSpan,
} from '../../preload/auditContract.js';
import { WarningSign } from '../parts/icons.js';
import type { ShellStore } from '../store/shellStore.js';
import { RecordDetails } from './RecordDetails.js';
import { momentOf, spanOf } from './times.js';

export interface AnswerTableProps {
  readonly answer: AuditAnswer;
  readonly systems: AuditEntrance['systems'];
  readonly isAsking: boolean;
  readonly onMore: () => void;
  /** Key of the row whose details are shown. */
  readonly opened: string | null;
  readonly onOpen: (key: string | null) => void;
  readonly store: ShellStore;
  readonly place: AuditPlace;
  readonly onUser: (user: string) => void;
  readonly onMoment: (row: AuditRow) => void;
}

interface Column<T> {
  readonly title: string;
  readonly cell: (row: T) => ReactNode;
  readonly className?: string;
}

const ROW_HEIGHT = 34;
/** Rows before the end at which the next page is asked for. */
const AHEAD = 40;

const rowKey = ({ chain, sequence }: { readonly chain: string; readonly sequence: number }): string =>
  `${chain}-${sequence}`;

export function AnswerTable(props: AnswerTableProps): ReactElement {
  const { answer, systems, isAsking, onMore, opened, onOpen, store, place, onUser, onMoment } = props;
  const titleOf = (id: string | null): string => systems.find((system) => system.id === id)?.title ?? id ?? '';
  const person = (user: string | null): ReactNode =>
    user === null ? (
      ''
    ) : (
      <button
        type="button"
        className="audit-link"
        onClick={(event) => {
          event.stopPropagation();
          onUser(user);
        }}
      >
        {user}
      </button>
    );
  switch (answer.kind) {
    case 'records':
      return (
        <VirtualTable<AuditRow>
          rows={answer.rows}
          hasMore={answer.next !== null}
          isAsking={isAsking}
          onMore={onMore}
          keyOf={rowKey}
          opened={opened}
          onOpen={onOpen}
          details={(row) => <RecordDetails row={row} store={store} place={place} onMoment={onMoment} />}
          columns={[
            { title: 'When', cell: ({ at }) => momentOf(at), className: 'is-time' },
            { title: 'Who', cell: ({ user }) => person(user) },
            { title: 'Where', cell: ({ node }) => node },
            { title: 'Patient', cell: ({ patient }) => patient ?? '', className: 'is-number' },
            { title: 'System', cell: ({ system }) => titleOf(system) },
            {
              title: 'What',
              cell: ({ sentence, outcome, system }) => (
                <>
                  {outcome > 0 && (
                    <span className="audit-bad">
                      <WarningSign /> <span className="visually-hidden">Failed: </span>
                    </span>
                  )}
                  {system === null ? sentence : sentence.replace(system, titleOf(system))}
                </>
              ),
              className: 'is-wide',
            },
          ]}
        />
      );
    case 'shown':
      return (
        <VirtualTable<ShownSpan>
          rows={answer.spans}
          hasMore={answer.next !== null}
          isAsking={isAsking}
          onMore={onMore}
          keyOf={rowKey}
          columns={[
            { title: 'From', cell: ({ from }) => momentOf(from), className: 'is-time' },
            { title: 'For', cell: ({ from, to }) => (to === null ? 'end not on record' : spanOf(from, to)) },
            { title: 'System', cell: ({ system }) => titleOf(system) },
            { title: 'Patient shown', cell: ({ patient }) => patient ?? '', className: 'is-number' },
            { title: 'Verified', cell: ({ verified }) => (verified ? 'Yes' : 'No') },
            { title: 'Who', cell: ({ user }) => person(user) },
            { title: 'Where', cell: ({ node }) => node, className: 'is-wide' },
          ]}
        />
      );
    case 'groups':
      return (
        <VirtualTable<AuditGroup>
          rows={answer.groups}
          hasMore={false}
          isAsking={isAsking}
          onMore={onMore}
          keyOf={({ key }) => key}
          columns={[
            {
              title: { user: 'Who', node: 'Where', day: 'Day' }[answer.by],
              cell: ({ key, title }) => (answer.by === 'user' ? person(key) : title),
              className: 'is-wide',
            },
            { title: 'Records', cell: ({ records }) => records, className: 'is-count' },
            { title: 'Patients', cell: ({ patients }) => patients, className: 'is-count' },
            { title: 'Failed', cell: ({ failures }) => failures, className: 'is-count' },
            { title: 'First', cell: ({ first }) => momentOf(first), className: 'is-time' },
            { title: 'Last', cell: ({ last }) => momentOf(last), className: 'is-time' },
          ]}
        />
      );
    case 'sessions':
      return (
        <VirtualTable<SessionSpan>
          rows={answer.sessions}
          hasMore={false}
          isAsking={isAsking}
          onMore={onMore}
          keyOf={({ session }) => session}
          columns={[
            { title: 'Signed in', cell: ({ from }) => momentOf(from), className: 'is-time' },
            { title: 'Until', cell: ({ to }) => (to === null ? 'not on record' : momentOf(to)), className: 'is-time' },
            { title: 'Who', cell: ({ user }) => person(user) },
            { title: 'Where', cell: ({ node }) => node },
            { title: 'How it ended', cell: ({ reason }) => reason?.replaceAll('-', ' ') ?? '', className: 'is-wide' },
          ]}
        />
      );
  }
}

interface VirtualTableProps<T> {
  readonly rows: readonly T[];
  readonly columns: readonly Column<T>[];
  readonly hasMore: boolean;
  readonly isAsking: boolean;
  readonly onMore: () => void;
  readonly keyOf: (row: T) => string;
  readonly opened?: string | null;
  readonly onOpen?: (key: string | null) => void;
  readonly details?: (row: T) => ReactElement;
}

function VirtualTable<T>(props: VirtualTableProps<T>): ReactElement | null {
  const { rows, columns, hasMore, isAsking, onMore, keyOf, opened = null, onOpen, details } = props;
  const scroller = useRef<HTMLDivElement>(null);
  // eslint-disable-next-line react-hooks/incompatible-library -- its answers are used in this very render only
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 12,
    getItemKey: (index) => {
      const row = rows[index];
      return row === undefined ? index : keyOf(row);
    },
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasMore && !isAsking && last >= rows.length - AHEAD) onMore();
  }, [hasMore, isAsking, last, rows.length, onMore]);
  if (rows.length === 0) return null;
  const before = items[0]?.start ?? 0;
  const after = virtual.getTotalSize() - (items.at(-1)?.end ?? 0);
  return (
    <div className="audit-scroll" ref={scroller} tabIndex={0} role="region" aria-label="Answer">
      <table className="audit-table" aria-label="Audit events" aria-rowcount={hasMore ? -1 : rows.length + 1}>
        <thead>
          <tr aria-rowindex={1}>
            {columns.map(({ title, className }) => (
              <th key={title} scope="col" className={className}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {before > 0 && <Spacer height={before} columns={columns.length} />}
          {items.map(({ index }) => {
            const row = rows[index];
            if (row === undefined) return null;
            const key = keyOf(row);
            const isOpen = opened === key;
            return (
              <Fragment key={key}>
                <tr
                  aria-rowindex={index + 2}
                  className={details ? 'can-open' : undefined}
                  onClick={() => onOpen?.(isOpen ? null : key)}
                >
                  {columns.map(({ title, cell, className }, column) => (
                    <td key={title} className={className}>
                      {column === 0 && details ? (
                        <button type="button" className="audit-open" aria-expanded={isOpen}>
                          {cell(row)}
                        </button>
                      ) : (
                        cell(row)
                      )}
                    </td>
                  ))}
                </tr>
                {isOpen && details && (
                  <tr className="audit-opened">
                    <td colSpan={columns.length}>{details(row)}</td>
                  </tr>
                )}
              </Fragment>
            );
          })}
          {after > 0 && <Spacer height={after} columns={columns.length} />}
        </tbody>
      </table>
      {isAsking && <p className="audit-more">Asking for more …</p>}
    </div>
  );
}

function Spacer({ height, columns }: { readonly height: number; readonly columns: number }): ReactElement {
  return (
    <tr aria-hidden="true" className="audit-spacer">
      <td colSpan={columns} style={{ height }} />
    </tr>
  );
}
