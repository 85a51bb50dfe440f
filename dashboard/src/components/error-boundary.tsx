import { Component, type ReactNode } from 'react';
import { Failure } from './states.tsx';

/**
 * A page that breaks says so in its place; the rest of the dashboard stays usable. Another try loads everything anew: files
 * that could not be fetched once, or that a newer build has replaced, are not asked for again otherwise.
 */
export class ErrorBoundary extends Component<{ children: ReactNode }, { error: unknown }> {
  override state: { error: unknown } = { error: null };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render() {
    return this.state.error === null ? this.props.children : <Failure error={this.state.error} retry={() => location.reload()} />;
  }
}
