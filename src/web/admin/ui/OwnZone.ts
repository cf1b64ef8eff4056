/** The time zone of this browser. */
export const ownZone: string = Intl.DateTimeFormat().resolvedOptions().timeZone
