/** The place that a link is encrypted for. */
export const linkContext = (id: string): string => `mail link ${id}`
