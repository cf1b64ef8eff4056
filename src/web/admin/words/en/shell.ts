/** Words of the frame around all screens, and of the parts that screens are made of. */
export const shell = {
  brand: "Fairground",
  skip: "Skip to the content",
  menu: "Menu",
  navigation: "Screens",
  nav: {
    overview: "Overview",
    games: "Games",
    players: "Players",
    plays: "Plays",
    contacts: "Contacts",
    esps: "ESPs",
    tasks: "Tasks",
    mails: "Mails",
    accounts: "Accounts",
    keys: "API keys",
    audit: "Audit log",
    settings: "Settings"
  },
  account: {
    own: "Your account",
    signOut: "Sign out",
    menu: "Account of {name}"
  },
  roles: { owner: "Owner", admin: "Admin", editor: "Editor", viewer: "Viewer" },
  theme: { title: "Theme", system: "As the system", light: "Light", dark: "Dark" },
  language: { title: "Language", en: "English", ru: "Русский" },
  search: {
    open: "Search",
    title: "Search screens, games and players",
    field: "Screen, game or address",
    hint: "Type to search. Arrow keys choose, Enter opens.",
    screens: "Screens",
    games: "Games",
    players: "Players",
    none: "Nothing fits.",
    found: { one: "{count} result", other: "{count} results" }
  },
  actions: {
    close: "Close",
    cancel: "Cancel",
    save: "Save",
    retry: "Try again",
    more: "Show more",
    clear: "Clear filters",
    copy: "Copy",
    copied: "Copied",
    export: "Export CSV",
    exportJson: "Export JSON",
    undo: "Undo",
    back: "Back"
  },
  loading: "Loading…",
  none: "—",
  now: "Now",
  list: {
    noMore: "That is all.",
    moreFailed: "The rest could not be loaded."
  },
  fault: {
    offline: "No connection to the service",
    offlineLead: "The network is down, or the service is restarting. It is tried again when the connection is back.",
    off: "This part of the service is off",
    offLead:
      "It is not among the modules that this installation runs, or the service was replaced: load the page again.",
    unknown: "Something went wrong",
    unknownLead: "This should not happen. Try again; if it stays, tell whoever runs the service.",
    status: "The service answered with status {status}. Try again; if it stays, tell whoever runs the service.",
    request: "Request {id}",
    crash: "This screen has failed",
    crashLead: "The rest still works. Load the page again, or go back.",
    reload: "Load again",
    titles: {
      "database-unavailable": "The database does not answer",
      "too-many-requests": "Too many requests; wait a moment",
      overloaded: "The service has too much to do; wait a moment",
      "not-permitted": "Your role may not do this",
      "changed-meanwhile": "Somebody else has changed this meanwhile",
      "not-signed-in": "Your session has ended",
      "reauthentication-required": "Confirm that it is you",
      "task-finished": "The task is over meanwhile",
      "task-not-retryable": "The task waits or runs already",
      "task-not-repeatable": "The task is not over, or its kind does not take this input any more",
      "contact-not-ended": "The contact waits for an attempt already, or has a verdict",
      "esp-not-found": "The settings no longer have this ESP connection",
      "last-owner": "The last owner stays: make another owner first",
      "role-too-high": "Nobody gives or takes more than they have: this role is above yours",
      "email-taken": "An account has this address already",
      "account-not-found": "There is no such account any more",
      "invitation-not-found": "There is no such invitation any more",
      "no-password-reset": "This account gets no link for a new password",
      "secrets-key-missing": "Links cannot be made: this installation has no SECRETS_KEY",
      "key-not-found": "There is no such key any more",
      "key-of-another-person": "People make their own keys",
      "key-expired": "The key would have expired already",
      "mail-not-found": "There is no such mail any more",
      "mail-not-resendable": "This mail cannot be sent again",
      "mail-suppression-not-found": "The address is not blocked any more",
      "note-not-found": "There is no such note any more"
    }
  },
  noRight: {
    title: "This is not for your role",
    lead: "To see this, an account needs the permission {permission}. An admin of this installation can give you a role that has it.",
    home: "Back to the overview"
  },
  notFound: {
    title: "There is no such screen",
    lead: "The address is wrong, or the screen has moved."
  },
  interrupted: {
    ended: "Your session has ended",
    endedLead: "Sign in again in a new tab, and go on here: what you have entered is kept.",
    signIn: "Sign in",
    unconfirmed: "Confirm that it is you",
    unconfirmedLead:
      "This needs a proof from the last 10 minutes. Confirm in a new tab, come back, and do it once more.",
    confirm: "Confirm",
    check: "I have done that",
    still: "Not yet: this browser is not signed in.",
    back: "You are signed in",
    backLead: "You can close this tab and go on in the other one.",
    goOn: "Go to the overview"
  },
  secondFactor: {
    title: "Set up a second factor first",
    lead: "This installation asks your role for one. It takes two minutes.",
    go: "Set it up"
  },
  period: {
    title: "Period",
    days: { one: "{count} day", other: "{count} days" },
    own: "Own",
    from: "From",
    to: "To",
    apply: "Apply",
    wrong: "The end lies before the beginning.",
    tooLong: "At most {count} days can be shown at once."
  },
  game: { label: "Game", all: "All games" },
  verdict: {
    title: "At the ESP",
    created: "created",
    existed: "existed",
    rejected: "rejected",
    unknown: "unknown"
  },
  chart: {
    table: "Show as table",
    tableOf: "{title}, as a table",
    help: "Arrow keys move along the days.",
    partial: "not over yet",
    notes: "Notes",
    noted: "Notes: {notes}",
    file: "Download CSV"
  }
}
