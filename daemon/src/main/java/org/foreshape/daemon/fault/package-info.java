/** How commands speak to people: a sentence and an exit status when they fail, and the terminal. */
package org.foreshape.daemon.fault;
