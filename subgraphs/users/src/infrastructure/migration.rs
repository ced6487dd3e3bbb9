//! The tables' history. The same statements run on SQLite and PostgreSQL.

mod users_0001_account;
mod users_0002_session;
mod users_0003_signing_key;
mod users_0010_trust;
mod users_0011_audit;
mod users_0012_attempt;
mod users_0020_partner;
mod users_0030_second_factor;
mod users_0031_identity;
mod users_0032_address;
mod users_0040_rights;
mod users_0050_self;
mod users_0051_premium;

use platform::database::with_platform_migrations;
use sea_orm_migration::{MigrationTrait, MigratorTrait};

/// All migrations of this context.
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        with_platform_migrations(vec![
            Box::new(users_0001_account::CreateAccount),
            Box::new(users_0002_session::CreateSession),
            Box::new(users_0003_signing_key::CreateSigningKey),
            Box::new(users_0010_trust::AddTrust),
            Box::new(users_0011_audit::CreateAudit),
            Box::new(users_0012_attempt::CreateAttempt),
            Box::new(users_0020_partner::CreatePartner),
            Box::new(users_0030_second_factor::CreateSecondFactor),
            Box::new(users_0040_rights::CreateRights),
            Box::new(users_0031_identity::CreateIdentity),
            Box::new(users_0032_address::FreeAddresses),
            Box::new(users_0050_self::CreateSelf),
            Box::new(users_0051_premium::AddPremium),
        ])
    }
}
