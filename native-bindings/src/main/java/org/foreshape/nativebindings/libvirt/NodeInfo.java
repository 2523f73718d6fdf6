package org.foreshape.nativebindings.libvirt;

/**
 * The host as libvirt sees it.
 *
 * @param model the CPU's architecture
 * @param memoryKib its memory, KiB
 * @param cpuCount its active CPUs
 * @param mhz the CPU's frequency, 0 when not known
 * @param nodeCount its NUMA nodes
 * @param socketsPerNode CPU sockets of a node
 * @param coresPerSocket cores of a socket
 * @param threadsPerCore threads of a core
 */
public record NodeInfo(
        String model,
        long memoryKib,
        int cpuCount,
        int mhz,
        int nodeCount,
        int socketsPerNode,
        int coresPerSocket,
        int threadsPerCore) {}
