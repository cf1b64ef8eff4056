import { Problem } from "../platform/contract/Problem.ts"

/** 404: no account has this id. */
export class AccountNotFound extends Problem<AccountNotFound>()("AccountNotFound", {
  name: "account-not-found",
  status: 404,
  title: "There is no such account",
  explanation:
    "No account has the id that was sent. It may have been deleted. `GET /api/v1/accounts` lists the accounts."
}) {}

/** 409: without this account nobody could manage the installation. */
export class LastOwner extends Problem<LastOwner>()("LastOwner", {
  name: "last-owner",
  status: 409,
  title: "The last owner stays",
  explanation:
    "The account is the only owner that is not disabled. Without an owner nobody could change owners again, so its role stays, and it is neither disabled nor deleted. Nothing was changed. Make another owner first."
}) {}

/** 403: nobody gives or takes more than they have. */
export class RoleTooHigh extends Problem<RoleTooHigh>()("RoleTooHigh", {
  name: "role-too-high",
  status: 403,
  title: "The role is above the caller's own",
  explanation:
    "Nobody gives or takes more than they have: an admin neither makes owners nor changes, disables or deletes them, their keys or invitations to become one. A machine is never an owner. The role that the caller has at this moment counts. Nothing was changed."
}) {}

/** 409: there is nobody to send a link to. */
export class NoPasswordReset extends Problem<NoPasswordReset>()("NoPasswordReset", {
  name: "no-password-reset",
  status: 409,
  title: "The account gets no link for a new password",
  explanation:
    "It is a machine's, which has keys and no password, or it is disabled: enable it first. Nothing was sent."
}) {}
