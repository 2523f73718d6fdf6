/**
 * The configuration: one table of keys, a reader that lists all faults at once, and its records.
 */
package org.foreshape.daemon.config;
