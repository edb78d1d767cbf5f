/** Reads and validates the client certificate that App Service forwards in the header `X-ARR-ClientCert`. */
export type { ClientCertificate, ClientCertificateReading } from "./client-certificate/certificate.ts";
export { readClientCertificate } from "./client-certificate/certificate.ts";
export type { ClientCertificateCheck, ClientCertificateInspector } from "./client-certificate/check.ts";
export { createClientCertificateCheck, createClientCertificateInspector } from "./client-certificate/check.ts";
export type { Check, Inspection, Outcome, Refusal, RefusalReason } from "./client-certificate/outcome.ts";
export { refusalReasons } from "./client-certificate/outcome.ts";
export type { AllowedCertificate, ClientCertificateRules } from "./client-certificate/rules.ts";
export { ClientCertificateRulesError, findRulesProblems } from "./client-certificate/rules.ts";
