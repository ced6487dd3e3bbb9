//! Accounts in tables `user` and `password`.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use kernel::id::UserId;
use kernel::{Edit, Id, PortError, Role};
use platform::database::{Database, Transaction, store_error};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait as _, ActiveValue, ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};

use super::entity::{password, user};
use super::session_repository::end_all;
use super::{audit_log, registration_repository, ticket_repository};
use crate::application::ports::{Credentials, EMAIL_TAKEN, Ending, NewPassword, USERNAME_ALIKE, USERNAME_TAKEN, UserRepository};
use crate::application::record::Record;
use crate::domain::email::Email;
use crate::domain::login::Login;
use crate::domain::password::PasswordHash;
use crate::domain::profile::{Bio, DisplayName, ProfileEdit};
use crate::domain::user::User;
use crate::domain::username::Username;

/// [`UserRepository`] in SQL.
pub struct SqlUserRepository {
    database: Database,
}

impl SqlUserRepository {
    /// Accounts in `database`.
    pub const fn new(database: Database) -> Self {
        Self { database }
    }

    async fn change(&self, id: UserId, row: user::ActiveModel, record: &Record) -> Result<User, PortError> {
        let row = &row;
        let changed = self
            .database
            .write(|txn| {
                Box::pin(async move {
                    if row.is_changed() {
                        let updated = user::Entity::update_many().set(row.clone()).filter(user::Column::Id.eq(id.uuid())).exec(&**txn).await;
                        updated.map_err(store_error)?;
                    }
                    let changed = user::Entity::find_by_id(id.uuid()).one(&**txn).await.map_err(store_error)?.ok_or(PortError::NotFound)?;
                    audit_log::store(txn, record).await?;
                    Ok(changed)
                })
            })
            .await?;
        user_of(changed)
    }
}

#[async_trait]
impl UserRepository for SqlUserRepository {
    async fn add(&self, user: &User, password: &PasswordHash, record: &Record) -> Result<(), PortError> {
        let added = self
            .database
            .write(|txn| {
                Box::pin(async move {
                    insert_user(txn, user).await?;
                    let password = password::Model { user_id: user.id.uuid(), hash: password.as_str().to_owned(), changed_at: user.created_at };
                    password::Entity::insert(password.into_active_model()).exec_without_returning(&**txn).await.map_err(store_error)?;
                    audit_log::store(txn, record).await
                })
            })
            .await;
        added.map_err(taken)
    }

    async fn find(&self, ids: &[UserId]) -> Result<Vec<User>, PortError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let ids = ids.iter().map(|id| id.uuid());
        let rows = user::Entity::find().filter(user::Column::Id.is_in(ids)).all(self.database.read()).await.map_err(store_error)?;
        rows.into_iter().map(user_of).collect()
    }

    async fn find_by_username(&self, username: &Username) -> Result<Option<User>, PortError> {
        let row = user::Entity::find().filter(user::Column::Username.eq(username.as_str())).one(self.database.read()).await.map_err(store_error)?;
        row.map(user_of).transpose()
    }

    async fn credentials(&self, login: &Login) -> Result<Option<Credentials>, PortError> {
        let query = match login {
            Login::Username(username) => user::Entity::find().filter(user::Column::Username.eq(username.as_str())),
            Login::Email(email) => user::Entity::find().filter(user::Column::EmailKey.eq(email.key())),
        };
        let Some(row) = query.one(self.database.read()).await.map_err(store_error)? else { return Ok(None) };
        let password = password::Entity::find_by_id(row.id).one(self.database.read()).await.map_err(store_error)?;
        Ok(Some(Credentials { user: user_of(row)?, password: password.map(|row| PasswordHash::new(row.hash)) }))
    }

    async fn unproved_with(&self, email: &Email, limit: u64) -> Result<Vec<User>, PortError> {
        let query = user::Entity::find()
            .filter(user::Column::AddressKey.eq(email.key()))
            .filter(user::Column::EmailVerifiedAt.is_null())
            .order_by_desc(user::Column::CreatedAt)
            .limit(limit);
        query.all(self.database.read()).await.map_err(store_error)?.into_iter().map(user_of).collect()
    }

    async fn credentials_of(&self, id: UserId) -> Result<Option<Credentials>, PortError> {
        let Some(row) = user::Entity::find_by_id(id.uuid()).one(self.database.read()).await.map_err(store_error)? else { return Ok(None) };
        let password = password::Entity::find_by_id(row.id).one(self.database.read()).await.map_err(store_error)?;
        Ok(Some(Credentials { user: user_of(row)?, password: password.map(|row| PasswordHash::new(row.hash)) }))
    }

    async fn set_password(&self, new: &NewPassword, ending: Ending<'_>, record: &Record) -> Result<bool, PortError> {
        self.database
            .write(|txn| {
                Box::pin(async move {
                    if let Some(ticket) = new.ticket
                        && !ticket_repository::use_up(txn, ticket, new.now).await?
                    {
                        return Ok(false);
                    }
                    let row = password::Model { user_id: new.user_id.uuid(), hash: new.hash.as_str().to_owned(), changed_at: new.now };
                    let replace = OnConflict::column(password::Column::UserId).update_columns([password::Column::Hash, password::Column::ChangedAt]).to_owned();
                    password::Entity::insert(row.into_active_model()).on_conflict(replace).exec_without_returning(&**txn).await.map_err(store_error)?;
                    end_all(txn, new.user_id, new.now, ending).await?;
                    audit_log::store(txn, record).await?;
                    Ok(true)
                })
            })
            .await
    }

    async fn set_suspended(&self, id: UserId, since: Option<DateTime<Utc>>, ending: Ending<'_>, record: &Record) -> Result<User, PortError> {
        let suspended = self
            .database
            .write(|txn| {
                Box::pin(async move {
                    let row = user::ActiveModel { suspended_at: ActiveValue::Set(since), ..Default::default() };
                    user::Entity::update_many().set(row).filter(user::Column::Id.eq(id.uuid())).exec(&**txn).await.map_err(store_error)?;
                    let row = user::Entity::find_by_id(id.uuid()).one(&**txn).await.map_err(store_error)?.ok_or(PortError::NotFound)?;
                    if let Some(since) = since {
                        end_all(txn, id, since, ending).await?;
                    }
                    audit_log::store(txn, record).await?;
                    Ok(row)
                })
            })
            .await?;
        user_of(suspended)
    }

    async fn edit_profile(&self, id: UserId, edit: &ProfileEdit) -> Result<User, PortError> {
        let row =
            user::ActiveModel { display_name: value_of(&edit.display_name, DisplayName::as_str), bio: value_of(&edit.bio, Bio::as_str), ..Default::default() };
        self.change(id, row, &Record::NOTHING).await
    }

    async fn set_role(&self, id: UserId, role: Role, record: &Record) -> Result<User, PortError> {
        self.change(id, user::ActiveModel { role: ActiveValue::Set(role_text(role).to_owned()), ..Default::default() }, record).await
    }

    async fn set_premium(&self, id: UserId, until: Option<DateTime<Utc>>, record: &Record) -> Result<User, PortError> {
        self.change(id, user::ActiveModel { premium_until: ActiveValue::Set(until), ..Default::default() }, record).await
    }
}

/// Adds an account and begins its registration.
pub(super) async fn insert_user(txn: &Transaction<'_>, user: &User) -> Result<(), PortError> {
    user::Entity::insert(row_of(user).into_active_model()).exec_without_returning(&**txn).await.map_err(store_error)?;
    registration_repository::begin(txn, user).await
}

fn value_of<T>(edit: &Edit<T>, text: impl Fn(&T) -> &str) -> ActiveValue<Option<String>> {
    match edit {
        Edit::Keep => ActiveValue::NotSet,
        Edit::Clear => ActiveValue::Set(None),
        Edit::Set(value) => ActiveValue::Set(Some(text(value).to_owned())),
    }
}

/// SQLite names the column (`user.email_key`), PostgreSQL the index (`user_email_key`).
pub(super) fn taken(error: PortError) -> PortError {
    let PortError::Conflict { constraint } = &error else { return error };
    let field = if constraint.contains("skeleton") {
        USERNAME_ALIKE
    } else if constraint.contains("username") {
        USERNAME_TAKEN
    } else if constraint.contains("email_key") {
        EMAIL_TAKEN
    } else {
        return error;
    };
    PortError::Conflict { constraint: field.to_owned() }
}

fn row_of(user: &User) -> user::Model {
    user::Model {
        id: user.id.uuid(),
        username: user.username.as_str().to_owned(),
        email: user.email.as_str().to_owned(),
        email_key: if user.email_verified_at.is_some() { user.email.key().to_owned() } else { user.id.uuid().to_string() },
        address_key: Some(user.email.key().to_owned()),
        display_name: user.display_name.as_ref().map(|name| name.as_str().to_owned()),
        bio: user.bio.as_ref().map(|bio| bio.as_str().to_owned()),
        role: role_text(user.role).to_owned(),
        created_at: user.created_at,
        skeleton: Some(user.username.skeleton()),
        email_verified_at: user.email_verified_at,
        suspended_at: user.suspended_at,
        avatar_id: user.avatar_id.map(Id::uuid),
        premium_until: user.premium_until,
    }
}

fn user_of(row: user::Model) -> Result<User, PortError> {
    Ok(User {
        id: Id::from_uuid(row.id),
        username: Username::from_stored(row.username),
        email: Email::from_stored(row.email),
        display_name: row.display_name.map(DisplayName::from_stored),
        bio: row.bio.map(Bio::from_stored),
        avatar_id: row.avatar_id.map(Id::from_uuid),
        premium_until: row.premium_until,
        role: role_of(&row.role)?,
        created_at: row.created_at,
        email_verified_at: row.email_verified_at,
        suspended_at: row.suspended_at,
    })
}

const fn role_text(role: Role) -> &'static str {
    match role {
        Role::User => "USER",
        Role::Artist => "ARTIST",
        Role::Admin => "ADMIN",
    }
}

fn role_of(text: &str) -> Result<Role, PortError> {
    match text {
        "USER" => Ok(Role::User),
        "ARTIST" => Ok(Role::Artist),
        "ADMIN" => Ok(Role::Admin),
        other => Err(PortError::corrupt(format!("unknown role {other}"))),
    }
}
