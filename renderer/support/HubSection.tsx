/** The context hub, through which other programs follow and lead: does it run, and who has answered what. */
import type { ReactElement } from 'react';
import type { SupportHub, SupportSubscriber } from '../../preload/contract.js';
import { InformationSign, LinkSign, WarningSign } from '../parts/icons.js';
import {
  describeAnswer,
  describeHubState,
  describeRestarts,
  describeSubscriber,
  timeOf,
} from '../presentation/support.js';

export function HubSection({ hub }: { readonly hub: SupportHub }): ReactElement {
  return (
    <section aria-label="Context hub" className="support-section">
      <h3>Context hub</h3>
      {hub.state === 'not-configured' ? (
        <p className="support-empty">
          <InformationSign /> No hub is configured: no other program follows the chosen patient.
        </p>
      ) : hub.joined !== null ? (
        <>
          <dl className="support-facts">
            <Fact name="State" value={describeHubState(hub)} />
            <Fact name="Hub" value={hub.joined} />
            <Fact name="Topic" value={hub.topic ?? 'None'} />
            <Fact name="Joined since" value={hub.startedAt === null ? 'Not joined' : timeOf(hub.startedAt)} />
            <Fact name="Joined again" value={describeRestarts(hub.restarts)} />
          </dl>
          <p className="support-empty">
            <InformationSign /> It is not Lanyard's own: who else follows there is not known here.
          </p>
        </>
      ) : (
        <>
          <dl className="support-facts">
            <Fact name="State" value={describeHubState(hub)} />
            <Fact name="Port" value={hub.port === null ? 'None' : String(hub.port)} />
            <Fact name="Topic" value={hub.topic ?? 'None'} />
            <Fact name="Running since" value={hub.startedAt === null ? 'Not running' : timeOf(hub.startedAt)} />
            <Fact name="Started again" value={describeRestarts(hub.restarts)} />
          </dl>
          <Subscribers subscribers={hub.subscribers} />
        </>
      )}
    </section>
  );
}

function Fact({ name, value }: { readonly name: string; readonly value: string }): ReactElement {
  return (
    <div>
      <dt className="label">{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function Subscribers({ subscribers }: Pick<SupportHub, 'subscribers'>): ReactElement {
  if (subscribers === null) {
    return (
      <p className="message warning" role="note">
        <WarningSign /> <span>The hub did not say who subscribes. It may be busy; this looks again by itself.</span>
      </p>
    );
  }
  if (subscribers.length === 0) {
    return (
      <p className="support-empty">
        <InformationSign /> No program has subscribed.
      </p>
    );
  }
  return (
    <table aria-label="Subscribers" className="support-table">
      <thead>
        <tr>
          <th scope="col">Program</th>
          <th scope="col">State</th>
          <th scope="col">Last answer</th>
          <th scope="col">Since</th>
          <th scope="col">Events</th>
        </tr>
      </thead>
      <tbody>
        {subscribers.map((subscriber, index) => (
          <tr key={index}>
            <th scope="row" className="support-why">
              {subscriber.name}
            </th>
            <td>
              <State subscriber={subscriber} />
            </td>
            <td className="support-why">{describeAnswer(subscriber)}</td>
            <td className="support-time">{subscriber.since === null ? 'Never' : timeOf(subscriber.since)}</td>
            <td className="support-events">{subscriber.events.join(', ')}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function State({ subscriber }: { readonly subscriber: SupportSubscriber }): ReactElement {
  const { words, tone } = describeSubscriber(subscriber);
  return (
    <p className={`support-state is-${tone}`}>
      {tone === 'good' ? <LinkSign link="In step" /> : tone === 'bad' ? <WarningSign /> : <InformationSign />}
      <span>{words}</span>
    </p>
  );
}
