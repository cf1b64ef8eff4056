import { Problem } from "../../platform/contract/Problem.ts"

/** 403: people come by invitation only. */
export class RegistrationClosed extends Problem<RegistrationClosed>()("RegistrationClosed", {
  name: "registration-closed",
  status: 403,
  title: "People come by invitation",
  explanation:
    "This installation takes no registrations (`ACCOUNT_REGISTRATION`): an admin invites people, `POST /api/v1/invitations`."
}) {}
