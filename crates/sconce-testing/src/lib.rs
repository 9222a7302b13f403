//! Checks for the tests of this workspace: golden files, finite differences, conformance.
