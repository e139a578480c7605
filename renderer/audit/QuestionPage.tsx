/** A page of saved questions: choose one, say about whom and when, read the answer. */
import { type ReactElement, useId, useState } from 'react';
import type { AuditEntrance, AuditFilter, AuditPlace, AuditRow, QuestionId } from '../../preload/auditContract.js';
import { ErrorSign, InformationSign } from '../parts/icons.js';
import type { ShellStore } from '../store/shellStore.js';
import { ActivityStrip } from './ActivityStrip.js';
import type { AuditAddress, PageName } from './address.js';
import { AnswerTable } from './AnswerTable.js';
import { ExportBar } from './ExportBar.js';
import { FilterFields } from './FilterFields.js';
import { IntegrityBadge } from './IntegrityBadge.js';
import { NEEDED, QUESTIONS_OF } from './questionPages.js';
import { ReplayPanel } from './ReplayPanel.js';
import { useAnswer } from './useAnswer.js';
import { useRefresh } from './useRefresh.js';

export interface QuestionPageProps {
  readonly page: Exclude<PageName, 'Alerts' | 'Health'>;
  readonly store: ShellStore;
  readonly place: AuditPlace;
  readonly entrance: AuditEntrance;
  readonly address: AuditAddress;
  readonly reason: string | null;
  readonly onGo: (next: AuditAddress) => void;
}

export function QuestionPage(props: QuestionPageProps): ReactElement {
  const { page, store, place, entrance, address, reason, onGo } = props;
  const id = useId();
  const offered = QUESTIONS_OF[page];
  const question: QuestionId =
    address.question !== null && offered.includes(address.question) ? address.question : (offered[0] ?? 'live');
  const { filter } = address;
  const isAskable = (NEEDED[question] ?? []).every((field) => filter[field] !== undefined);
  const answered = useAnswer(store, isAskable ? { place, question, filter, reason } : null);
  const { answer, isAsking, problem, more, again } = answered;
  const [opened, setOpened] = useState<string | null>(null);
  const isLive = page === 'Live' && question === 'live' && filter.to === undefined;
  const textOf = (which: QuestionId): string => entrance.questions.find((one) => one.id === which)?.text ?? which;
  const rows = answer?.kind === 'records' ? answer.rows : [];
  // Whoever reads a row, or has gone further back, is not thrown to the newest again.
  const isRefreshed = isLive && opened === null && rows.length <= FIRST_PAGE;
  useRefresh(isRefreshed, again);
  return (
    <div className="audit-page">
      <div className="audit-ask">
        <label htmlFor={id}>Question</label>
        <select
          id={id}
          className="input"
          value={question}
          onChange={({ target }) => {
            onGo({ page, question: offered.find((one) => one === target.value) ?? question, filter });
          }}
        >
          {offered.map((one) => (
            <option key={one} value={one}>
              {textOf(one)}
            </option>
          ))}
        </select>
        <FilterFields
          key={JSON.stringify([question, filter])}
          question={question}
          filter={filter}
          systems={entrance.systems}
          onAsk={(next) => {
            onGo({ page, question, filter: next });
          }}
        />
      </div>
      {problem !== null && (
        <p className="message error" role="alert">
          <ErrorSign /> {problem}
          <button type="button" className="button small" onClick={again}>
            Try again
          </button>
        </p>
      )}
      {!isAskable && (
        <p className="audit-empty">
          <InformationSign /> Fill in the fields above to ask: {textOf(question)}
        </p>
      )}
      {isAskable && problem === null && (
        <div className="audit-above">
          <ActivityStrip
            store={store}
            place={place}
            question={question}
            filter={filter}
            onChoose={(from, to) => {
              onGo({ page, question, filter: { ...filter, from, to } });
            }}
          />
          <p className="audit-count" role="status">
            {isAsking && answer === null ? 'Asking …' : answer === null ? '' : countOf(answer)}
            {isRefreshed && ' · looked at again every 10 seconds'}
          </p>
          {rows.length > 0 && <IntegrityBadge store={store} place={place} rows={rows} />}
          {page === 'Evidence' && entrance.mayUnmask && (
            <ExportBar store={store} place={place} question={question} filter={filter} />
          )}
        </div>
      )}
      {page === 'Evidence' && !entrance.mayUnmask && (
        <p className="audit-empty">
          <InformationSign /> Your role takes no evidence away.
        </p>
      )}
      {question === 'in-step-at' && filter.at !== undefined && answer !== null && (
        <ReplayPanel rows={rows} at={filter.at} systems={entrance.systems} />
      )}
      {answer !== null && (
        <AnswerTable
          answer={answer}
          systems={entrance.systems}
          isAsking={isAsking}
          onMore={more}
          opened={opened}
          onOpen={setOpened}
          store={store}
          place={place}
          onUser={(user) => {
            onGo({ page: 'User', question: 'what-did-they-do', filter: { user } });
          }}
          onMoment={(row) => {
            onGo({ page: 'User', question: 'in-step-at', filter: momentFilter(row) });
          }}
        />
      )}
    </div>
  );
}

/** Rows of an answer before anybody asks for more. */
const FIRST_PAGE = 200;

function momentFilter({ user, session, at }: AuditRow): AuditFilter {
  return { ...(user !== null && { user }), ...(session !== null && { session }), at };
}

function countOf(answer: NonNullable<ReturnType<typeof useAnswer>['answer']>): string {
  const [count, isMore, one, many] =
    answer.kind === 'records'
      ? ([answer.rows.length, answer.next !== null, 'record', 'records'] as const)
      : answer.kind === 'shown'
        ? ([answer.spans.length, answer.next !== null, 'page', 'pages'] as const)
        : answer.kind === 'groups'
          ? ([answer.groups.length, answer.isCut, 'line', 'lines'] as const)
          : ([answer.sessions.length, answer.isCut, 'session', 'sessions'] as const);
  if (count === 0) return 'Nothing is on record.';
  return `${count}${isMore ? ' or more' : ''} ${count === 1 ? one : many}`;
}
