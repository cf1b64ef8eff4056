/** Preloaded into a program by `--import`: sets its clock ahead by CLOCK_AHEAD_SECONDS. */
const ahead = Number(process.env["CLOCK_AHEAD_SECONDS"]) * 1000
const now = Date.now.bind(Date)
Date.now = () => now() + ahead
