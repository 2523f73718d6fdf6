/** Keeps the models of a host: the store of them, their training anew, and who judges them. */
package org.foreshape.daemon.models;
