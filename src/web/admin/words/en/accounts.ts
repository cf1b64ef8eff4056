export const accounts = {
  title: "Accounts",
  leads: {
    accounts: "People and machines that run games here, newest first",
    invitations: "Who was invited and has not come yet",
    roles: "What each role may do; nobody gives or takes more than they have"
  },
  tabs: { accounts: "People and machines", invitations: "Invitations", roles: "Roles" },
  account: "Account",
  name: "Name",
  nameWrong: "Enter a name of at most 200 characters.",
  email: "Address",
  emailWrong: "Enter an address such as nora@brand.example.",
  language: "Language of the mail and the account",
  kind: "Kind",
  everyKind: "People and machines",
  people: "People",
  machines: "Machines",
  machine: "Machine",
  role: "Role",
  everyRole: "Every role",
  state: "State",
  everyState: "Every state",
  enabled: "enabled",
  disabled: "disabled",
  secondFactor: "Second factor",
  setUp: "set up",
  notSetUp: "not set up",
  seen: "Last seen",
  never: "not lately",
  mailbox: "Mailbox proven",
  unproven: "not yet",
  since: "Since",
  id: "Id",
  you: "You",
  noneTitle: "No account fits",
  noneLead: "Choose another kind, role or state.",
  itsKeys: "Its keys",
  itsDeeds: "What it did",
  manage: "Manage",
  whyOwn:
    "This is your own account. Somebody else changes its role or disables it, so that nobody locks themselves out by mistake.",
  toOwn: "Your name, password and second factor",
  whyHigher: "This account has a role above yours. Only owners change owners.",
  whyHigherShort: "above your role",
  whyLastOwner:
    "This is the last owner who is not disabled. Without one nobody could change owners again: make another owner first.",
  deeds: {
    role: {
      button: "Change the role",
      question: "Give {name} the role “{role}”?",
      lead: "It counts from the next request on, also for the keys of the account. Invitations that it could not send any more are withdrawn.",
      done: "{name} has another role now"
    },
    disable: {
      title: "Disable",
      short: "Nobody gets in with it; nothing is deleted.",
      button: "Disable",
      question: "Disable {name}?",
      lead: "All sessions end, keys are refused from the next request on, and invitations that it has sent are withdrawn. It can be enabled again.",
      done: "{name} was disabled"
    },
    enable: {
      title: "Enable",
      short: "It gets in again, and so do its keys.",
      button: "Enable",
      question: "Enable {name}?",
      lead: "The account gets in again as before, and its keys count again. Withdrawn invitations stay withdrawn.",
      done: "{name} was enabled"
    },
    endSessions: {
      title: "Sessions",
      short: "Signs the person out everywhere.",
      button: "End sessions",
      question: "End all sessions of {name}?",
      lead: "Every browser is signed out with its next request, and what was half filled in there may be lost. Keys stay.",
      done: "The sessions of {name} have ended"
    },
    sendReset: {
      title: "Password",
      short: "Sends a link for a new one, by mail.",
      button: "Send a link",
      question: "Send {name} a link for a new password?",
      lead: "Nothing changes until the link is used; it works once, within half an hour.",
      done: "A link is on its way to {name}"
    },
    resetFactor: {
      title: "Second factor",
      short: "For who has lost phone and recovery codes.",
      button: "Reset",
      question: "Reset the second factor of {name}?",
      lead: "Authenticator app, passkeys and recovery codes are removed, and all sessions end. The person is told by mail. Make sure by another way that it is this person who asks.",
      done: "The second factor of {name} was reset"
    },
    remove: {
      title: "Delete",
      short: "For good, with sessions, keys and factors.",
      button: "Delete",
      question: "Delete {name} for good?",
      lead: "The account is deleted with its sessions, keys and factors. The audit log keeps what it did. This cannot be taken back.",
      done: "{name} was deleted"
    }
  },
  invite: "Invite a person",
  inviteTitle: "Invite a person",
  inviteLead:
    "The person gets a link that works once, for 7 days. An earlier invitation to the same address is replaced.",
  invited: "{email} was invited",
  roleLeads: {
    viewer: "Sees games, tasks and numbers, and nothing of players.",
    editor: "Runs games: changes what a viewer sees, and sees players.",
    admin: "Also manages accounts, invitations and keys up to its own role, and sees the audit log.",
    owner: "May do what an admin may, and alone makes, changes and removes owners."
  },
  linkTitle: "Hand this link to {email}",
  linkLead:
    "No mail server is set, so no mail was sent. The link works once, for 7 days, and is shown this once: whoever has it gets the account.",
  link: "Link of the invitation",
  linkDone: "I have passed it on",
  addMachine: "Add a machine",
  machineTitle: "Add a machine",
  machineLead:
    "An account for a program, so that its keys outlive whoever made them. It has no password: make a key for it afterwards.",
  machineMade: "{name} was added",
  invitedBy: "by {name}",
  invitedByNobody: "by the command line",
  sent: "Sent",
  until: "Works until",
  waiting: "waiting",
  expired: "expired",
  noInvitationsTitle: "Nobody is invited",
  noInvitationsLead: "Whoever accepts an invitation becomes an account. Those that are still open are listed here.",
  invitation: {
    resend: {
      button: "Send again",
      question: "Send {email} a new link?",
      lead: "Earlier links do not work any more. The new one works once, for 7 days.",
      done: "{email} gets a new link"
    },
    withdraw: {
      button: "Withdraw",
      question: "Withdraw the invitation of {email}?",
      lead: "Its link does not work any more. The person can be invited again.",
      done: "The invitation of {email} was withdrawn"
    }
  },
  permission: "Permission",
  allowed: "allowed",
  notAllowed: "not allowed",
  inAll: "In all",
  permissions: {
    "accounts:read": "See accounts and invitations.",
    "accounts:write": "Invite people, change roles, disable and delete accounts.",
    "keys:write": "See, make and revoke the keys of others.",
    "audit:read": "See the audit log.",
    "contacts:read": "See what the ESPs have said of players, and what is still owed.",
    "contacts:write": "Have contacts attempted again.",
    "esps:read": "See the connections to ESPs and how they are.",
    "esps:write": "Have a connection to an ESP checked.",
    "games:read": "See games and how they are set up.",
    "games:write": "Add, change, open, close, duplicate, delete and archive games.",
    "mail:read": "See mails and the addresses that get none.",
    "mail:write": "Send mails again, and lift the block of an address.",
    "metrics:read": "Read the metrics.",
    "players:read": "See players and what they have played.",
    "players:write": "Reset a player's limit.",
    "plays:read": "See plays as they come, without their players.",
    "settings:read": "See the settings that the service runs with; secrets are hidden.",
    "statistics:read": "See statistics of plays, players and verdicts.",
    "statistics:write": "Note on the charts of statistics what happened, such as a mailing.",
    "tasks:read": "See tasks, with what they were asked to do.",
    "tasks:write": "Hand in tasks of every kind, retry and cancel tasks."
  }
}
