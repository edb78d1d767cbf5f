/** Reads and validates the client certificate that App Service forwards in the header `X-ARR-ClientCert`. */
export type { ClientCertificate, ClientCertificateReading } from "./certificate.ts";
export { readClientCertificate } from "./certificate.ts";
export type { ClientCertificateCheck, ClientCertificateInspector } from "./check.ts";
export { createClientCertificateCheck, createClientCertificateInspector } from "./check.ts";
export type { Check, Inspection, Outcome, Refusal, RefusalReason } from "./outcome.ts";
export { refusalReasons } from "./outcome.ts";
export type { AllowedCertificate, ClientCertificateRules } from "./rules.ts";
export { ClientCertificateRulesError, findRulesProblems } from "./rules.ts";
