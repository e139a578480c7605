/** How much happened when, at a glance; a bar leads to its stretch of time. */
import type { ReactElement } from 'react';
import type { AuditFilter, AuditPlace, QuestionId } from '../../preload/auditContract.js';
import type { ShellStore } from '../store/shellStore.js';
import { momentOf } from './times.js';
import { useReply } from './useReply.js';

export interface ActivityStripProps {
  readonly store: ShellStore;
  readonly place: AuditPlace;
  readonly question: QuestionId;
  readonly filter: AuditFilter;
  readonly onChoose: (from: string, to: string) => void;
}

const HEIGHT = 34;
const BAR = 8;

export function ActivityStrip({ store, place, question, filter, onChoose }: ActivityStripProps): ReactElement | null {
  const { value: activity } = useReply(JSON.stringify([place, question, filter]), () =>
    store.askAudit('audit.activity', { place, question, filter }),
  );
  if (activity === null) return null;
  const { stretches, stretch } = activity;
  const most = Math.max(1, ...stretches.map(({ records }) => records));
  const total = stretches.reduce((sum, { records }) => sum + records, 0);
  const scaled = (count: number): number => (count === 0 ? 0 : Math.max(2, (count / most) * HEIGHT));
  return (
    <figure className="audit-strip">
      <svg
        viewBox={`0 0 ${stretches.length * BAR} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`Activity: ${total} records from ${momentOf(stretches[0]?.from ?? '')}, at most ${most} in one stretch`}
      >
        {stretches.map(({ from, records, failures }, index) => (
          <g
            key={from}
            onClick={() => {
              if (records > 0) onChoose(from, new Date(Date.parse(from) + stretch).toISOString());
            }}
          >
            <title>{`${momentOf(from)}: ${records} records, ${failures} failed`}</title>
            <rect className="ground" x={index * BAR} y={0} width={BAR} height={HEIGHT} />
            <rect
              className="bar"
              x={index * BAR}
              y={HEIGHT - scaled(records)}
              width={BAR - 1}
              height={scaled(records)}
            />
            <rect
              className="bad"
              x={index * BAR}
              y={HEIGHT - scaled(failures)}
              width={BAR - 1}
              height={scaled(failures)}
            />
          </g>
        ))}
      </svg>
      <figcaption>
        <span>{momentOf(stretches[0]?.from ?? '')}</span>
        <span>{momentOf(new Date(Date.parse(stretches.at(-1)?.from ?? '') + stretch).toISOString())}</span>
      </figcaption>
    </figure>
  );
}
