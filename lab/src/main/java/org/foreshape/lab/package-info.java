/**
 * Real guests for tests and benchmarks: a private libvirtd, kernels, workloads.
 *
 * <p>{@code lab/packages} lists what the machine needs, {@code lab/prepare} builds the guest. Then:
 *
 * <pre>{@code
 * Lab.reasonToSkip().ifPresent(reason -> Assumptions.abort(reason));
 * try (PrivateLibvirtd libvirtd = PrivateLibvirtd.start()) {
 *     Guest guest = libvirtd.create(GuestSpec.builder("a").maxMib(1024).currentMib(384).build());
 *     guest.waitReady(Duration.ofSeconds(100));
 *     CompletableFuture<FillResult> fill = guest.control().fill(256, Duration.ofSeconds(30));
 *     guest.resize(640, Duration.ofSeconds(30)); // or whatever is under test, at libvirtd.uri()
 *     assertThat(fill.join().isDone()).isTrue();
 *     assertThat(guest.control().sum().badWords()).isZero();
 * }
 * }</pre>
 *
 * <p>A guest costs about 4 s of CPU to boot: never have more than four at once on a small machine.
 */
package org.foreshape.lab;
