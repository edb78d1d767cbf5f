// The other package asks for this one to be there before it.
import "reflect-metadata";

export * from "@peculiar/x509";
