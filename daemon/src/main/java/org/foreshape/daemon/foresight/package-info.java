/**
 * Looks ahead beside the engine: simulates when tasks will start, expects those that recur, hands
 * both back as events, and makes the horizon map when it is asked for.
 */
package org.foreshape.daemon.foresight;
