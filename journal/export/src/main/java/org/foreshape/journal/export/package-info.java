/** The journal as typed tables in an embedded SQL engine. */
package org.foreshape.journal.export;
