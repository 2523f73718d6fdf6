/** The demonstration: embedded guests with the same demand under three ways to divide memory. */
package org.foreshape.daemon.demo;
