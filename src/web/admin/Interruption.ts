import { makeStore } from "./Store.ts"

/**
 * Why the person has to prove who they are before they can go on: the session has ended, or an operation wants it to be confirmed
 * once more. What they were doing stays on the screen.
 */
export const interruption = makeStore<"ended" | "unconfirmed" | undefined>(undefined)

/** The channel on which the page that one comes back to after signing in tells the others. */
export const channelName = "fairground-signed-in"

/** Where one comes to in the other tab after signing in. */
export const comingBack = "/admin/signed-in"
