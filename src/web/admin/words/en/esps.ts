export const esps = {
  title: "ESP connections",
  lead: "How each is, what it allows, and what its last check found. Other processes may see it differently.",
  circuit: { closed: "works", "half-open": "tries again", open: "not called for now" },
  openLead:
    "It fails so often that it is not called for now. Plays are recorded all the same; their contacts wait and are attempted later.",
  halfOpenLead: "One attempt finds out whether it answers again.",
  rejecting:
    "At least half of the last verdicts were “rejected”. Look at the check, and at what the ESP's list allows.",
  noSlot: "The provider's limits are used up for the moment: contacts wait for their turn.",
  limits: "Limits",
  noLimits: "None",
  limit: "{calls} in {time}",
  calls: { one: "{count} call", other: "{count} calls" },
  perContact: { one: "{count} for a contact", other: "{count} for a contact" },
  atOnce: { one: "{count} at once", other: "{count} at once" },
  lastCheck: "Last check",
  noCheck: "Not finished yet",
  level: { ok: "fine", warning: "note", error: "fault" },
  check: "Check now",
  checking: "Checking…",
  checkedGood: "{name} is in order",
  checkedBad: "{name} is not in order",
  stuck: "Given up",
  waiting: "Waiting",
  p95: "95% of verdicts came within (last {days} days)",
  settled: "Contacts with a verdict",
  unsettled: "Without one",
  emptyTitle: "No ESP connection",
  emptyLead:
    "The settings name the connections (ESP_CONNECTIONS). Until then plays are recorded, and contacts go nowhere."
}
