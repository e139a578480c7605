/** Every system: its link, the reason in words, and what proved it. */
import type { ReactElement } from 'react';
import type { LinkState, SupportTab } from '../../preload/contract.js';
import { InformationSign, LinkSign } from '../parts/icons.js';
import { nameOfField, timeOf, wordOfResult } from '../presentation/support.js';

export function TabTable({ tabs }: { readonly tabs: readonly SupportTab[] }): ReactElement {
  return (
    <section aria-label="Systems" className="support-section">
      <h3>Systems</h3>
      {tabs.length === 0 ? (
        <p className="support-empty">
          <InformationSign /> No system opens for your roles.
        </p>
      ) : (
        <table aria-label="Systems" className="support-table">
          <thead>
            <tr>
              <th scope="col">System</th>
              <th scope="col">Link</th>
              <th scope="col">Why</th>
              <th scope="col">Proof</th>
            </tr>
          </thead>
          <tbody>
            {tabs.map((tab) => (
              <tr key={tab.id}>
                <th scope="row">{tab.title}</th>
                <td>
                  <Link link={tab.link} />
                  <p className="label">since {timeOf(tab.since)}</p>
                </td>
                <td className="support-why">{tab.reason}</td>
                <td className="support-proof">
                  <Proof tab={tab} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

export function Link({ link }: { readonly link: LinkState }): ReactElement {
  return (
    <span className={`support-link link-${link.toLowerCase().replaceAll(' ', '-')}`}>
      <LinkSign link={link} /> {link}
    </span>
  );
}

function Proof({ tab: { proof, link } }: { readonly tab: SupportTab }): ReactElement {
  if (proof === null)
    return (
      <p className="label">{link === 'In step' ? 'Matched; the items are kept once the page is shown' : 'None'}</p>
    );
  if (!proof.verified && proof.items.length === 0)
    return <p className="label">None: shown unchecked at {timeOf(proof.at)}</p>;
  return (
    <>
      <ul className="support-items">
        {proof.items.map(({ field, places, result }) => (
          <li key={field}>
            {nameOfField(field)} <span className={`support-result is-${result}`}>{wordOfResult(result)}</span>
            {places.map((place) => (
              <code key={place}>{place}</code>
            ))}
          </li>
        ))}
      </ul>
      <p className="label">read at {timeOf(proof.at)}</p>
    </>
  );
}
