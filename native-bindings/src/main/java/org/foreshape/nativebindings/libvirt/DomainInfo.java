package org.foreshape.nativebindings.libvirt;

/**
 * A domain at a glance.
 *
 * @param state one of {@code LibvirtFlags.STATE_*}, or 0
 * @param maxMemoryKib the most memory it may have, KiB
 * @param memoryKib the memory it has, KiB
 * @param vcpuCount its virtual CPUs
 * @param cpuTimeNs CPU time it has used, nanoseconds
 */
public record DomainInfo(
        int state, long maxMemoryKib, long memoryKib, int vcpuCount, long cpuTimeNs) {}
