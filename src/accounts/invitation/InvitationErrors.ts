import { Problem } from "../../platform/contract/Problem.ts"

/** 404: no invitation has this id. */
export class InvitationNotFound extends Problem<InvitationNotFound>()("InvitationNotFound", {
  name: "invitation-not-found",
  status: 404,
  title: "There is no such invitation",
  explanation:
    "No invitation has the id in the path. It was accepted or revoked, or whoever sent it may not send it any more. `GET /api/v1/invitations` lists those that there are."
}) {}
