import { machine } from "./Page.ts"
import { screensPage } from "./ScreensPage.ts"
import { servingPage } from "./ServingPage.ts"
import { streamsPage } from "./StreamsPage.ts"
import type * as Web from "./Web.ts"

/** The text of WEB.md. */
export const webPage = (result: Web.Result, plan: Web.Plan, postgres: string): string => `# Web

Written by \`npm run bench -- --web\` on ${new Date().toISOString().slice(0, 10)}. Do not edit: run it again.

${machine(postgres)}

${screensPage(result.screens, plan.screens)}
${servingPage(result.serving, plan.serving)}
${streamsPage(result.streams, plan.streams)}`
