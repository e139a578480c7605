/** Everything Lanyard works with: whether it answers, what its failing means, and when it is tried again. */
import { type ReactElement, useEffect, useId, useRef } from 'react';
import type { ServiceState } from '../../preload/contract.js';
import { InformationSign, LinkSign, WarningSign } from '../parts/icons.js';
import { ModalDialog } from '../parts/ModalDialog.js';
import { describeNextTry, describeStatus } from '../presentation/services.js';
import './services.css';

export interface ServicesDialogProps {
  readonly services: readonly ServiceState[];
  /** null: everything. */
  readonly onTry: (id: string | null) => void;
  /** null: the trust says nothing about downtime. */
  readonly onDowntime: (() => void) | null;
  readonly onClose: () => void;
}

export function ServicesDialog({ services, onTry, onDowntime, onClose }: ServicesDialogProps): ReactElement {
  const close = useRef<HTMLButtonElement>(null);
  useEffect(() => close.current?.focus(), []);
  const isAnyDown = services.some(({ status }) => status === 'fails');
  return (
    <ModalDialog title="Services" isWide className="services" onClose={onClose}>
      <p>
        {isAnyDown
          ? 'Something does not answer. What you have typed stays; each is tried again by itself.'
          : 'Nothing is known to be down.'}
      </p>
      <ul className="services-list" aria-label="Services">
        {services.map((service) => (
          <Row
            key={service.id}
            service={service}
            onTry={() => {
              onTry(service.id);
              close.current?.focus(); // the button is gone while it is tried
            }}
          />
        ))}
      </ul>
      <div className="actions">
        <button
          type="button"
          className="button"
          onClick={() => {
            onTry(null);
          }}
        >
          Check all now
        </button>
        {onDowntime !== null && (
          <button type="button" className="button" onClick={onDowntime}>
            When systems are down
          </button>
        )}
        <button ref={close} type="button" className="button" onClick={onClose}>
          Close
        </button>
      </div>
    </ModalDialog>
  );
}

function Row({ service, onTry }: { readonly service: ServiceState; readonly onTry: () => void }): ReactElement {
  const { title, status, meaning, canTry, isTrying } = service;
  const nameId = useId();
  return (
    <li className={`service ${status}`} aria-labelledby={nameId}>
      <span className="service-sign">
        <StatusSign status={status} />
      </span>
      <div className="service-words">
        <p>
          <strong id={nameId}>{title}</strong> <span>{describeStatus(service)}.</span>
        </p>
        {status === 'fails' && (
          <p>
            {meaning} {describeNextTry(service)}
          </p>
        )}
      </div>
      {canTry && !isTrying && (
        <button type="button" className="button small" aria-describedby={nameId} onClick={onTry}>
          Try now
        </button>
      )}
    </li>
  );
}

function StatusSign({ status }: Pick<ServiceState, 'status'>): ReactElement {
  switch (status) {
    case 'fails':
      return <WarningSign />;
    case 'answers':
      return <LinkSign link="In step" />;
    case 'unknown':
      return <InformationSign />;
  }
}
