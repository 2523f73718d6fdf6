package org.foreshape.lab;

/**
 * What a shell command in a guest did.
 *
 * @param output its standard output and error, lines ended by a line feed
 * @param exitStatus its exit status; 128 and more: ended by a signal
 * @param seconds how long it took by the guest's clock
 */
public record ShellResult(String output, int exitStatus, double seconds) {}
