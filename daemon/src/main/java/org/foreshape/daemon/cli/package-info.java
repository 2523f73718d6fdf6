/** The command line: one class for each command, and what they print. */
package org.foreshape.daemon.cli;
