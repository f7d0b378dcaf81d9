//go:build race

package store

// raceDetector says whether the test was built with -race.
const raceDetector = true
