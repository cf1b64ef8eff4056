import { Context } from "effect"

/** Where people of the staff arrive once they are in. The module with the admin says that it is there. */
export const Home = Context.Reference<`/${string}`>("fairground/platform/pages/Home", {
  defaultValue: () => "/account"
})
