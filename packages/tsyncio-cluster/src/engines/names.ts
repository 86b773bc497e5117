/** The queue whose events tell workers what is cancelled: of the queue's own they would read every result. */
export function controlOf(queue: string): string {
  return `${queue}.control`;
}
