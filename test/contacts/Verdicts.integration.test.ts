import { brevo } from "../support/esp/brevo/BrevoSubject.ts"
import { klaviyo } from "../support/esp/klaviyo/KlaviyoSubject.ts"
import { listmonk } from "../support/esp/listmonk/ListmonkSubject.ts"
import { mailchimp } from "../support/esp/mailchimp/MailchimpSubject.ts"
import { toySubject } from "../support/esp/toy/ToySubject.ts"
import { unisender } from "../support/esp/unisender/UnisenderSubject.ts"
import { verdictsProperty } from "../support/esp/VerdictsProperty.ts"

verdictsProperty(toySubject)
for (const subject of [brevo, klaviyo, listmonk, mailchimp, unisender]) verdictsProperty(subject, 15)
