//! Every target holds for its seeds, for each of them cut off anywhere, and for inputs that once broke it. This runs with all tests, on
//! an ordinary build.

use fuzz::TARGETS;

#[test]
fn targets_hold_for_their_seeds_and_beginnings_of_them() {
    for target in TARGETS {
        let seeds = (target.seeds)();
        assert!(!seeds.is_empty(), "{} begins with nothing", target.name);
        for seed in seeds {
            (target.run)(&seed);
            for end in (0..seed.len().min(300)).chain((300..seed.len()).step_by(997)) {
                (target.run)(&seed[..end]);
            }
        }
    }
}

#[test]
fn targets_hold_for_what_once_broke_them() {
    for (name, input) in fuzz::FOUND {
        let target = TARGETS.iter().find(|target| target.name == *name).unwrap_or_else(|| panic!("there is no target {name}"));
        (target.run)(input);
    }
}
