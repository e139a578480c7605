/** If a page of the shell itself breaks, nothing may stay on the screen without the patient banner above it. */
import { Component, type ReactElement, type ReactNode } from 'react';

interface Props {
  /** Lays the shell above every system's page. */
  readonly raise: () => void;
  readonly reload: () => void;
  readonly children: ReactNode;
}

export class ShellErrorBoundary extends Component<Props, { broken: boolean }> {
  override state = { broken: false };

  static getDerivedStateFromError(): { broken: boolean } {
    return { broken: true };
  }

  override componentDidCatch(): void {
    this.props.raise();
  }

  override render(): ReactNode {
    return this.state.broken ? <Broken reload={this.props.reload} /> : this.props.children;
  }
}

function Broken({ reload }: { reload: () => void }): ReactElement {
  return (
    <main className="standalone">
      <h1>Lanyard met an error of its own</h1>
      <p role="alert">The systems’ pages are hidden until this page works again. Nothing you did in them is lost.</p>
      <button type="button" className="button primary" onClick={reload} autoFocus>
        Show the page again
      </button>
    </main>
  );
}
