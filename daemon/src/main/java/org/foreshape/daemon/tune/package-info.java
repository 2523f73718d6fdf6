/** The tuner beside a running engine: counts what epochs cost, learns, chooses, and tells it. */
package org.foreshape.daemon.tune;
